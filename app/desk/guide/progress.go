// Package guide leads through the set-up of a machine: what it is for, its devices, a test recording, its clock and
// its disk, step by step.
//
// Every step is written down before the next is shown, so that whoever was cut off goes on where he was. Nothing is
// demanded: a step that cannot be done today is passed by, and is told at the end.
package guide

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"minglu/capture/durable"
)

// Step is one question of the set-up.
type Step string

// The steps in their order. Before Devices the machine has no room; package first asks those.
const (
	Language   Step = "language"
	Use        Step = "use"
	Invitation Step = "invitation"
	Devices    Step = "devices"
	Trial      Step = "trial"
	Clock      Step = "clock"
	Disk       Step = "disk"
	Ready      Step = "ready"
)

// Steps lists all of them.
func Steps() []Step {
	return []Step{Language, Use, Invitation, Devices, Trial, Clock, Disk, Ready}
}

// Progress is how far the set-up of a machine has come.
type Progress struct {
	V        int    `json:"v"`
	Step     Step   `json:"step"`
	Language string `json:"language,omitempty"` // zh or en, as chosen
	Use      string `json:"use,omitempty"`      // room or hall, as chosen
	Left     []Step `json:"left,omitempty"`     // passed by without being done
}

// progressFile holds the progress in a home, from the first question to the last.
const progressFile = "guide.json"

const progressVersion = 1

// Load reads how far a machine's set-up has come; under says whether one is under way. A file that cannot be read
// answers the error beside a set-up at its first step.
func Load(home string) (p Progress, under bool, err error) {
	first := Progress{V: progressVersion, Step: Language}
	text, err := os.ReadFile(filepath.Join(home, progressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return first, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err == nil && (p.V != progressVersion || !slices.Contains(Steps(), p.Step)) {
		err = fmt.Errorf("version %d, step %q", p.V, p.Step)
	}
	if err != nil {
		return first, true, fmt.Errorf("read %s: %w", progressFile, err)
	}
	return p, true, nil
}

// Save writes the progress down.
func (p Progress) Save(home string) error {
	p.V = progressVersion
	if err := durable.MkdirAll(durable.OS{}, home); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS{}, filepath.Join(home, progressFile), text)
}

// clear ends the set-up.
func clear(home string) error {
	err := os.Remove(filepath.Join(home, progressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// At is the step so many places from s, within the list.
func (s Step) At(by int) Step {
	all := Steps()
	return all[min(max(slices.Index(all, s)+by, 0), len(all)-1)]
}
