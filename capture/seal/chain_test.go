package seal_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"minglu/capture/clock"
	"minglu/capture/evidence"
	"minglu/capture/evidence/pkitest"
	"minglu/capture/seal"
)

func TestACheckpointCountsExactlyTheLinesBeforeItWhoeverElseWrites(t *testing.T) {
	var lines []evidence.Line
	chain := seal.NewChain(pkitest.New(t).Room("R01"), clock.System(), func(raw []byte) error {
		line, err := evidence.ParseLine(raw)
		lines = append(lines, line) // the chain writes one line at a time
		return err
	})
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 300 {
				if _, err := chain.Add(evidence.KindDevice, evidence.DeviceBody{What: "opened"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 50 {
		if err := chain.Checkpoint(time.Second); err != nil {
			t.Fatal(err)
		}
	}
	writers.Wait()
	checkpoints := 0
	for i, l := range lines {
		if l.Kind != evidence.KindCheckpoint {
			continue
		}
		checkpoints++
		var body evidence.CheckpointBody
		if err := json.Unmarshal(l.Body, &body); err != nil || body.Lines != int64(i) || l.Sig == "" {
			t.Errorf("line %d is a checkpoint over %d lines, signature %q, %v", i, body.Lines, l.Sig, err)
		}
	}
	if checkpoints != 50 || len(lines) != 1250 {
		t.Errorf("%d checkpoints in %d lines; want 50 in 1250", checkpoints, len(lines))
	}
}
