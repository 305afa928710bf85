package proof_test

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"minglu/app/office/duty"
	"minglu/app/room"
	"minglu/app/settings"
)

// frayed is a line to headquarters on which every question arrives and answers break off: each connection ends once
// so many bytes of headquarters' came through. Below zero it is whole.
type frayed struct {
	url  string
	life atomic.Int64
}

func fray(t *testing.T, hq string) *frayed {
	t.Helper()
	u, err := url.Parse(hq)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &frayed{url: "https://" + l.Addr().String()}
	f.life.Store(-1)
	var crew sync.WaitGroup
	crew.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			crew.Go(func() { f.carry(c, u.Host) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		crew.Wait()
	})
	return f
}

func (f *frayed) carry(machine net.Conn, to string) {
	defer machine.Close()
	hq, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	var asks sync.WaitGroup
	defer asks.Wait()
	defer hq.Close()
	asks.Go(func() {
		_, _ = io.Copy(hq, machine)
		_ = hq.(*net.TCPConn).CloseWrite()
	})
	defer machine.Close()
	if life := f.life.Load(); life >= 0 {
		_, _ = io.CopyN(machine, hq, life)
		time.Sleep(50 * time.Millisecond) // what was asked meanwhile is done, and its answer lost
		return
	}
	_, _ = io.Copy(machine, hq)
}

// A room of the hall was interrupted and its doctor found it ill. The hall's log hears of each once over a real line with
// certificates on both sides, wherever headquarters' answers break off.
func TestWhatHappenedInARoomComesOnceIntoTheLogWhateverAnswersAreLost(t *testing.T) {
	t.Parallel()
	inOneDay(t)
	b := openBureau(t)
	line := fray(t, b.url)
	home := (&bureau{b.data, line.url, b.print}).hallHome(t, "H1", "HALL1")
	other := b.hallHome(t, "R7", "HALL1")
	broken := interrupt(t, other)
	must(t, "minglu", "sync", "--home", other, "--until-empty")
	if examined := call(t, "minglu", "doctor", "--home", other, "--json", "--tell"); examined.code != 1 {
		t.Fatalf("the doctor finds a room without a camera well: exit %d, %s", examined.code, examined.stderr)
	}
	log := openDuty(t, home)
	facts := func() (list []duty.Entry) {
		d, err := log.Day(t.Context(), log.Today())
		if err != nil {
			t.Fatal(err)
		}
		return d.Entries
	}
	unheard, unnoted := 0, 0
	for life := int64(0); ; life += 100 {
		line.life.Store(life)
		s := call(t, "minglu", "duty", "sync", "--home", home)
		if s.code == 0 {
			break
		}
		if len(facts()) == 0 {
			unheard++
		} else {
			unnoted++ // they are in the log, and headquarters' word that it knows was lost
		}
		if life > 1<<20 {
			t.Fatal("no answer ever comes through")
		}
	}
	line.life.Store(-1)
	must(t, "minglu", "duty", "sync", "--home", home)
	must(t, "minglu", "duty", "tend", "--home", home)
	seen, ill := map[string]bool{}, 0
	for _, e := range facts() {
		if seen[e.Text] || e.Author != duty.System || !strings.Contains(e.Text, "R7") {
			t.Errorf("entered twice, or by nobody: %+v", e)
		}
		seen[e.Text] = true
		switch {
		case e.Kind == "EQUIP":
			ill++
		case e.Kind != "RECORDING" || e.Recording != broken || !strings.Contains(e.Text, "中断"):
			t.Errorf("it is no interruption of %s: %+v", broken, e)
		}
	}
	t.Logf("%d facts; %d answers lost before they were heard, %d after", len(seen), unheard, unnoted)
	if ill == 0 || ill != len(seen)-1 || unheard == 0 || unnoted == 0 {
		t.Errorf("%d faults of %d facts, %d and %d answers lost", ill, len(seen), unheard, unnoted)
	}
}

// interrupt kills a recording half-way and recovers it.
func interrupt(t *testing.T, home string) (id string) {
	t.Helper()
	crash(t, home)
	return must(t, "minglu", "recover", "--home", home, "--reason", "power", "--by", "李四", "--text", "停电").last(t, "recovered").ID
}

// openDuty opens the duty log of a home, beside the programs that write it.
func openDuty(t *testing.T, home string) *duty.Log {
	t.Helper()
	s, err := settings.LoadRoom(home)
	if err != nil {
		t.Fatal(err)
	}
	log, err := room.OpenDuty(t.Context(), home, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}
