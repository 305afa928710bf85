package proof_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"minglu/app/desk/desktoptest"
	"minglu/capture/device/pulsetest"
)

// The places of the buttons, on a window of 1280x800 with a title bar.
const (
	trialX, trialY         = 391, 447
	trialPlayX, trialPlayY = 1202, 447
	listenX, listenY       = 1122, 629
	printX, printY         = 917, 674
)

func TestTheButtonsThatTryListenAndPrintArePressedByMouse(t *testing.T) {
	pulsetest.Start(t)
	b := openBureau(t)
	d := desktoptest.New(t, 1280, 800)
	to := newBrowser(t, d)
	o := sit(t, d, b.room(t, "CLICK"))
	o.try(to)
	recording(t, o.home)
	o.noted(2, `"type":"segment"`)
	o.Keys(desktoptest.Quick, "F1")
	time.Sleep(time.Second)
	o.Keys(desktoptest.Quick, "F7")
	time.Sleep(time.Second)
	o.Type(desktoptest.Quick, "invoice 118")
	o.noted(1, `"type":"text"`)
	time.Sleep(time.Second)
	o.Click(listenX, listenY)
	o.noted(1, `"what":"play"`)
	time.Sleep(time.Second)
	o.Picture("listening")
	o.Click(printX, printY)
	o.noted(1, `"type":"print"`)
	if paper := o.sent(to, 2); !bytes.HasPrefix(paper, []byte("%PDF-")) {
		t.Errorf("printing shows %.100q", paper)
	}
	o.Picture("printed")
	must(t, "minglu", "stop", "--home", o.home)
	b.verify(t, filepath.Join(o.home, "vault", waitFor(t, o.home, 1).ID), "AUTHENTIC", "AUTHENTIC_WITH_GAPS") // a busy machine compresses late
}

// try makes the test recording of the devices' page and has it played.
func (o *officer) try(to browser) {
	o.t.Helper()
	o.Keys(desktoptest.Quick, "F6")
	time.Sleep(3 * time.Second)
	o.Picture("devices")
	o.Click(trialX, trialY)
	var seal []string
	o.Until(90*time.Second, "the test recording is sealed", func() bool {
		seal, _ = filepath.Glob(filepath.Join(o.home, "trial", "TRIAL-*", "META-INF", "signature001.p7s"))
		return len(seal) == 1
	})
	time.Sleep(3 * time.Second) // it is verified, and told
	o.Picture("tried")
	o.Click(trialPlayX, trialPlayY)
	if page := o.sent(to, 1); !bytes.Contains(page, []byte("TRIAL-")) {
		o.t.Errorf("the test recording's page says %.300q", page)
	}
}
