// Package blobtest says what every blob store must do, as tests that each of them runs.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"minglu/sync/blob"
)

// Harness is a store under test. Every call of Open gives a new, empty one.
type Harness struct {
	Open func(t *testing.T) blob.Store
	// Corrupt changes one byte of a stored blob behind the store's back.
	Corrupt func(t *testing.T, s blob.Store, d blob.Digest)
}

// Run holds a store to the contract of blob.Store.
func Run(t *testing.T, h Harness) {
	t.Run("what was put is read back", h.readsBack)
	t.Run("other bytes than named are refused and leave nothing", h.refusesOtherBytes)
	t.Run("a failing source leaves nothing", h.failingSource)
	t.Run("a second put reads nothing and changes nothing", h.putsOnce)
	t.Run("many put the same at once", h.putsAtOnce)
	t.Run("what is not there is said to be not there", h.notThere)
	t.Run("retention only grows", h.retentionGrows)
	t.Run("the list is whole and in order", h.lists)
	t.Run("a changed byte is found", h.findsChange)
	t.Run("a cancelled put leaves nothing", h.cancelled)
}

func digest(data []byte) blob.Digest { return sha256.Sum256(data) }

func put(t *testing.T, s blob.Store, data []byte, retain time.Time) blob.Digest {
	t.Helper()
	d := digest(data)
	if err := s.Put(t.Context(), d, int64(len(data)), bytes.NewReader(data), retain); err != nil {
		t.Fatalf("put: %v", err)
	}
	return d
}

func absent(t *testing.T, s blob.Store, d blob.Digest) {
	t.Helper()
	if _, err := s.Stat(context.Background(), d); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("stat says %v; want fs.ErrNotExist", err)
	}
	for info, err := range s.List(context.Background()) {
		t.Errorf("the list holds %v, %v; want nothing", info, err)
	}
}

func (h Harness) readsBack(t *testing.T) {
	s := h.Open(t)
	for _, data := range [][]byte{{}, []byte("x"), bytes.Repeat([]byte("0123456789abcdef"), 200_000)} {
		d := put(t, s, data, time.Time{})
		b, err := s.Open(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes read back as %d, %v", len(data), len(got), err)
		}
		if len(data) > 20 {
			part := make([]byte, 7)
			if _, err := b.ReadAt(part, 13); err != nil || !bytes.Equal(part, data[13:20]) {
				t.Errorf("bytes 13 to 20 are %q, %v; want %q", part, err, data[13:20])
			}
		}
		if n, err := b.ReadAt(make([]byte, 1), int64(len(data))); n != 0 || err != io.EOF {
			t.Errorf("reading behind the end gives %d, %v; want 0, EOF", n, err)
		}
		info, err := s.Stat(t.Context(), d)
		if err != nil || info.Size != int64(len(data)) || info.Digest != d {
			t.Errorf("stat says %+v, %v", info, err)
		}
		if err := errors.Join(b.Close(), s.Verify(t.Context(), d)); err != nil {
			t.Error(err)
		}
	}
}

func (h Harness) refusesOtherBytes(t *testing.T) {
	s := h.Open(t)
	d := digest([]byte("truth"))
	for _, other := range []string{"", "trut", "truth!", "lying"} {
		for _, size := range []int64{5, int64(len(other))} {
			err := s.Put(t.Context(), d, size, strings.NewReader(other), time.Time{})
			if !errors.Is(err, blob.ErrDigest) {
				t.Errorf("putting %q as %d bytes of truth gives %v; want ErrDigest", other, size, err)
			}
			absent(t, s, d)
		}
	}
}

func (h Harness) failingSource(t *testing.T) {
	s := h.Open(t)
	broken := errors.New("the line is cut")
	source := io.MultiReader(strings.NewReader("tru"), iotest.ErrReader(broken))
	if err := s.Put(t.Context(), digest([]byte("truth")), 5, source, time.Time{}); !errors.Is(err, broken) {
		t.Errorf("put gives %v; want the source's error", err)
	}
	absent(t, s, digest([]byte("truth")))
}

func (h Harness) putsOnce(t *testing.T) {
	s := h.Open(t)
	d := put(t, s, []byte("once"), time.Time{})
	unread := iotest.ErrReader(errors.New("must not be read"))
	if err := s.Put(t.Context(), d, 4, unread, time.Time{}); err != nil {
		t.Errorf("a second put gives %v; want nil", err)
	}
	if err := s.Verify(t.Context(), d); err != nil {
		t.Error(err)
	}
}

func (h Harness) putsAtOnce(t *testing.T) {
	s := h.Open(t)
	data := bytes.Repeat([]byte("together"), 10_000)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := s.Put(t.Context(), digest(data), int64(len(data)), bytes.NewReader(data), time.Time{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := s.Verify(t.Context(), digest(data)); err != nil {
		t.Error(err)
	}
}

func (h Harness) notThere(t *testing.T) {
	s := h.Open(t)
	d := digest([]byte("never put"))
	_, opened := s.Open(t.Context(), d)
	_, looked := s.Stat(t.Context(), d)
	retained := s.SetRetention(t.Context(), d, time.Now())
	for _, err := range []error{opened, looked, retained, s.Verify(t.Context(), d)} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v; want fs.ErrNotExist", err)
		}
	}
}

func (h Harness) retentionGrows(t *testing.T) {
	s := h.Open(t)
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	d := put(t, s, []byte("kept"), at)
	expect := func(want time.Time) {
		t.Helper()
		if info, err := s.Stat(t.Context(), d); err != nil || !info.RetainUntil.Equal(want) {
			t.Errorf("retained until %v, %v; want %v", info.RetainUntil, err, want)
		}
	}
	expect(at)
	later := at.Add(time.Hour)
	if err := s.SetRetention(t.Context(), d, later); err != nil {
		t.Error(err)
	}
	expect(later)
	if err := s.SetRetention(t.Context(), d, at); !errors.Is(err, blob.ErrRetention) {
		t.Errorf("shortening gives %v; want ErrRetention", err)
	}
	put(t, s, []byte("kept"), at) // an earlier date in a repeated put is no request to shorten
	expect(later)
	put(t, s, []byte("kept"), later.Add(time.Hour))
	expect(later.Add(time.Hour))
}

func (h Harness) lists(t *testing.T) {
	s := h.Open(t)
	var want, got []string
	for _, text := range []string{"a", "b", "c", "d", "e"} {
		want = append(want, put(t, s, []byte(text), time.Now().Add(time.Hour)).String())
	}
	slices.Sort(want)
	for info, err := range s.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.Digest.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v; want %v", got, want)
	}
	for range s.List(t.Context()) {
		break // leaving early is allowed
	}
}

func (h Harness) findsChange(t *testing.T) {
	if h.Corrupt == nil {
		t.Skip("this store cannot be corrupted from outside")
	}
	s := h.Open(t)
	d := put(t, s, []byte("evidence"), time.Time{})
	h.Corrupt(t, s, d)
	if err := s.Verify(t.Context(), d); !errors.Is(err, blob.ErrDigest) {
		t.Errorf("verify gives %v; want ErrDigest", err)
	}
}

func (h Harness) cancelled(t *testing.T) {
	s := h.Open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Put(ctx, digest([]byte("truth")), 5, strings.NewReader("truth"), time.Time{}); !errors.Is(err, context.Canceled) {
		t.Errorf("put gives %v; want context.Canceled", err)
	}
	absent(t, s, digest([]byte("truth")))
}
