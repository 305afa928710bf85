package desk

import (
	"context"
	"os"
	"sync"

	"fyne.io/fyne/v2"

	"minglu/app/desk/control"
	"minglu/app/desk/first"
	"minglu/app/desk/look"
	"minglu/app/i18n"
)

// Welcome shows the first start in a window of its own until the room is enrolled or the window is closed; it
// says which. It takes the program: the window of the room is opened by another start. A screen that can have
// no window gives the code window.no_gl.
func Welcome(ctx context.Context, a fyne.App, m *first.Model, size fyne.Size) (enrolled bool, err error) {
	look.Dress(a)
	win := a.NewWindow(i18n.Say(m.Lang(), "desk.first.title"))
	win.Resize(size)
	var in *control.Input
	release := func() {}
	var build func()
	shown := m.Lang()
	build = func() {
		release()
		shown = m.Lang()
		win.SetTitle(i18n.Say(shown, "desk.first.title"))
		v := first.NewView(m, in, func() { m.Speak(shown.Other()) }, win.Close)
		release = Bind(&m.Feed, func(s first.Snapshot) {
			if i18n.Lang(s.Language) != shown {
				fyne.Do(build) // another language was chosen
				return
			}
			v.Draw(s)
		})
		win.SetContent(v.Body)
	}
	a.Lifecycle().SetOnStarted(func() {
		in = control.Open(os.Getenv, func(key string, pairs ...string) string { return i18n.Say(m.Lang(), key, pairs...) }, nil)
		build()
	})
	if err := appear(win); err != nil {
		return false, err
	}
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { m.Run(ctx) })
	closing := context.AfterFunc(ctx, func() { fyne.Do(win.Close) })
	a.Run()
	closing()
	stop()
	work.Wait()
	if in != nil {
		_ = in.Close() // the program ends
	}
	return m.Feed.Newest().Done != nil, nil
}
