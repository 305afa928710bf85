package main

import (
	"context"

	"minglu/app/office/calendar"
	"minglu/app/office/duty"
	"minglu/app/web"
	"minglu/sync/receive"
)

// dutyLogs gives the pages the halls' days out of what was received.
func (h *house) dutyLogs() (*web.Halls, error) {
	rules, err := duty.LoadRules()
	if err != nil {
		return nil, err
	}
	return &web.Halls{
		Rules: rules, File: h.desk.File, Export: h.export,
		Days: func(ctx context.Context, from, to calendar.Day) ([]receive.Recording, error) {
			return h.desk.Cases(ctx, duty.Item, string(from), string(to))
		},
		First: func(ctx context.Context) (map[string]string, error) { return h.desk.FirstCase(ctx, duty.Item) },
	}, nil
}
