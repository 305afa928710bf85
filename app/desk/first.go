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
func Welcome(ctx context.Context, a fyne.App, m *first.Model, lang i18n.Lang, size fyne.Size) (enrolled bool, err error) {
	look.Dress(a)
	win := a.NewWindow(i18n.Say(lang, "desk.first.title"))
	win.Resize(size)
	var in *control.Input
	release := func() {}
	var build func()
	build = func() {
		release()
		v := first.NewView(m, lang, in, func() {
			lang = map[i18n.Lang]i18n.Lang{i18n.ZH: i18n.EN, i18n.EN: i18n.ZH}[lang]
			m.Use(lang)
			build()
		}, win.Close)
		release = Bind(&m.Feed, v.Draw)
		win.SetContent(v.Body)
	}
	a.Lifecycle().SetOnStarted(func() {
		in = control.Open(os.Getenv, func(key string, pairs ...string) string { return i18n.Say(lang, key, pairs...) }, nil)
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
