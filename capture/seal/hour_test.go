package seal_test

import (
	"bufio"
	"os"
	"path/filepath"
	"testing"
	"time"

	"minglu/capture/clock"
	"minglu/capture/durable"
	"minglu/capture/evidence"
	"minglu/capture/evidence/fmp4"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/seal"
)

// BenchmarkSealAnHour seals an hour of 720p: 7,500 segments, 0.9 GB. What a person waits for after stop.
func BenchmarkSealAnHour(b *testing.B) {
	pki := pkitest.New(b)
	for range b.N {
		b.StopTimer()
		dir := b.TempDir()
		hour(b, dir, pki.Room("R01"))
		b.StartTimer()
		record, _, err := seal.Closing{
			FS: durable.OS{}, Dir: dir, Signers: []evidence.Signer{pki.Room("R01"), pki.RoomSM2("R01")},
			Organization: "示例市税务局", Software: "minglu test", KeyStore: "file", Now: time.Now,
		}.Seal(b.Context())
		if err != nil || record.DurationMS != 3_600_000 {
			b.Fatalf("%d ms, %v", record.DurationMS, err)
		}
	}
}

// hour writes what a recording of an hour leaves when it is closed and not sealed yet.
func hour(b *testing.B, dir string, signer evidence.Signer) {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	create := func(name string) (*bufio.Writer, *os.File) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		must(os.MkdirAll(filepath.Dir(path), 0o750))
		f, err := os.Create(path)
		must(err)
		return bufio.NewWriterSize(f, 1<<20), f
	}
	plan, err := evidence.MarshalBody(evidence.Plan{V: 1, ID: "R01-000001", Room: "R01", Item: "I03", Language: "zh",
		Persons: []evidence.Person{}, Officers: []evidence.Person{}, Overrides: []string{}, Relates: []string{}})
	must(err)
	must(os.MkdirAll(filepath.Join(dir, "data"), 0o750))
	must(os.MkdirAll(filepath.Join(dir, "META-INF"), 0o750))
	must(os.WriteFile(filepath.Join(dir, "data", "plan.json"), plan, 0o640))
	must(os.WriteFile(filepath.Join(dir, "data", "texts.jsonl"), nil, 0o640))
	journal, journalFile := create(evidence.FileJournal)
	media, mediaFile := create("data/media/mic0.mp4")
	chain := seal.NewChain(signer, clock.System(), func(line []byte) error {
		_, err := journal.Write(append(line, '\n'))
		return err
	})
	add := func(kind evidence.Kind, body any) {
		_, err := chain.Add(kind, body)
		must(err)
	}
	add(evidence.KindOpen, evidence.OpenBody{V: 1, ID: "R01-000001", Room: "R01", Number: 1, LedgerRoot: evidence.NoHead,
		Tracks: []evidence.TrackPlan{{Track: "mic0", File: "data/media/mic0.mp4", Audio: "opus"}}})
	tracks := []fmp4.Track{{ID: 1, Opus: &fmp4.Opus{Channels: 1}}}
	head, err := fmp4.Head(tracks, time.Now())
	must(err)
	var off int64
	keep := func(p []byte, body evidence.SegmentBody) {
		body.Track, body.Off, body.Len = "mic0", off, int64(len(p))
		off += int64(len(p))
		_, err := media.Write(p)
		must(err)
		add(evidence.KindSegment, body)
	}
	keep(head, evidence.SegmentBody{})
	add(evidence.KindStart, evidence.StartBody{ZeroUTC: evidence.FormatTime(time.Now())})
	run := fmp4.Run{Track: 1}
	for range 24 { // 480 ms, as many bytes as pictures and sound have at 2 Mbit/s
		run.Samples = append(run.Samples, fmp4.Sample{Data: make([]byte, 5000), Duration: 960, Key: true})
	}
	header := fmp4.Header{Tracks: tracks, Created: time.Now()}
	for i := range int64(7500) {
		run.Base = uint64(i) * 24 * 960
		p, err := header.Fragment(uint32(i+1), time.Now(), []fmp4.Run{run})
		must(err)
		keep(p, evidence.SegmentBody{Seq: i + 1, FromMS: i * 480, ToMS: (i + 1) * 480, Sounds: 24})
	}
	var closing evidence.CloseBody
	chain.Look(func(t *seal.Tally) { closing = t.Closing("stopped") })
	add(evidence.KindClose, closing)
	for _, f := range []func() error{journal.Flush, journalFile.Sync, journalFile.Close, media.Flush, mediaFile.Sync, mediaFile.Close} {
		must(f())
	}
}
