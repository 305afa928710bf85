package ime

import "time"

// Press asks the method about a key. If it answers that the key is not its own, or if there is no method,
// taken is false and the caller acts on the key. Otherwise the caller forgets the key: replay acts on it
// later, should the method not want it. By then an earlier key may have moved the focus: replay acts on the
// control that has it then.
func (k *Keyboard) Press(key Key, replay func()) (taken bool) {
	if k == nil || k.method == nil || k.owner == nil || k.hung {
		return false
	}
	if len(k.queue) > 0 {
		k.queue = append(k.queue, press{key, replay})
		return true
	}
	answer := k.method.Ask(key)
	a, in := wait(answer, time.After(patience))
	if !in {
		k.queue = append(k.queue, press{key, replay})
		k.await(answer)
		return true
	}
	if a.Err != nil {
		k.spell()
		return false
	}
	k.drain()
	return a.Eaten
}

// Release says that a key was let go. No text depends on the answer.
func (k *Keyboard) Release(key Key) {
	if k == nil || k.method == nil || k.owner == nil || k.hung {
		return
	}
	key.Release = true
	if len(k.queue) > 0 {
		k.queue = append(k.queue, press{key, func() {}})
		return
	}
	k.method.Ask(key)
}

func wait(answer <-chan Answer, late <-chan time.Time) (a Answer, in bool) {
	select {
	case a = <-answer:
		return a, true
	case <-late:
		return Answer{}, false
	}
}

// await lets a goroutine wait for the answer to the first key in the queue.
func (k *Keyboard) await(answer <-chan Answer) {
	m := k.method
	k.work.Go(func() {
		slow, hard := time.NewTimer(slowAfter), time.NewTimer(k.limit)
		defer slow.Stop()
		defer hard.Stop()
		for {
			select {
			case a := <-answer:
				k.post(func() { k.answered(m, a) })
				return
			case <-slow.C:
				k.post(func() { k.tell(k.method == m && len(k.queue) > 0) })
			case <-hard.C:
				k.post(func() { k.late(m) })
				return
			case <-k.ctx.Done():
				return
			}
		}
	})
}

// answered settles the first key of the queue and asks on.
func (k *Keyboard) answered(m Method, a Answer) {
	if k.method != m || k.hung || len(k.queue) == 0 {
		return // the queue went another way
	}
	k.tell(false)
	late := time.After(patience)
	for in := true; in; {
		if a.Err != nil {
			k.release()
			return
		}
		k.drain()
		p := k.queue[0]
		k.queue = k.queue[1:]
		if !a.Eaten {
			k.settle(p)
		}
		if k.method != m || k.hung || len(k.queue) == 0 {
			return
		}
		if k.owner == nil { // the focus is where no text is taken
			k.release()
			return
		}
		answer := m.Ask(k.queue[0].key)
		if a, in = wait(answer, late); !in {
			k.await(answer)
		}
	}
}

// settle acts on a key that the method gave back. Where that moves the focus, as Return does, the keys behind
// it were typed for the next control: they wait on and are asked about there.
func (k *Keyboard) settle(p press) {
	k.settling = true
	p.replay()
	k.settling = false
}

func (k *Keyboard) late(m Method) {
	if k.method == m && !k.hung && len(k.queue) > 0 {
		k.giveUp()
		k.tell(true)
	}
}

// giveUp puts all that waits into the text and asks nothing more until the method has forgotten it too.
func (k *Keyboard) giveUp() {
	k.drain()
	k.hung = true
	k.release()
	m := k.method
	done := m.Reset()
	k.work.Go(func() {
		select {
		case <-done:
			k.post(func() { k.recovered(m) })
		case <-m.Lost():
		case <-k.ctx.Done():
		}
	})
}

// recovered asks again; what the method did with keys that are in the text already is not done twice.
func (k *Keyboard) recovered(m Method) {
	if k.method != m {
		return
	}
	m.Ops()
	k.hung = false
	k.tell(false)
	if k.owner != nil {
		m.Focus(true)
		m.Place(k.rect)
	}
}

// drain does what the method did, and reports whether it wrote anything.
func (k *Keyboard) drain() (wrote bool) {
	if k.method == nil || k.hung {
		return false
	}
	for _, op := range k.method.Ops() {
		if k.owner == nil {
			continue // said after the last control was left
		}
		switch op.Act {
		case Commit:
			wrote = true
			k.owner.Commit(op.Text)
		case Compose:
			k.compose(op.Text, op.Caret)
		case Erase:
			k.owner.Erase(op.Offset, op.Count)
		case Forward:
			k.owner.Forward(op.Key)
		}
	}
	return wrote
}
