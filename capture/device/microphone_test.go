package device_test

import (
	"slices"
	"testing"
	"time"

	"minglu/capture/device"
)

func TestTheChunkThatWasLeastLateTellsWhenTheOthersWereHeard(t *testing.T) {
	const ms = time.Millisecond
	got := device.Straighten(1060*ms, 1065*ms, 1042*ms, 1090*ms, 1081*ms) // late by 60, 45, 2, 30 and 1 ms
	if want := []time.Duration{1001 * ms, 1021 * ms, 1041 * ms, 1061 * ms, 1081 * ms}; !slices.Equal(got, want) {
		t.Errorf("%v; want %v", got, want)
	}
	if got := device.Straighten(); len(got) != 0 {
		t.Errorf("no chunks become %v", got)
	}
}
