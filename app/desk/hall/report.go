package hall

import "minglu/app/office/duty"

// report is a month's numbers on paper: sums, plots, and the days with their states.
func (m *Model) report(month string, days []*duty.Day) ([]byte, error) {
	w := words{m.language(), m.Log.Rules}
	var lines []duty.MonthDay
	for _, d := range days {
		state, _, _ := w.state(d.State)
		lines = append(lines, duty.MonthDay{Day: d.Day, State: state, Leader: d.Leader, Entries: d.Count()})
	}
	return m.Log.Rules.PrintMonth(m.heading(), month, duty.Sum(days, m.Log.Today()), lines)
}
