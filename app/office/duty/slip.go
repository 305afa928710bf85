package duty

import (
	"strconv"
	"time"

	"minglu/app/i18n"
	"minglu/app/office/calendar"
	"minglu/capture/evidence"
	"minglu/capture/paper"
)

// PrintSlip gives the paper that a taxpayer takes along from a pre-review: accepted, or what is missing.
func (r *Rules) PrintSlip(h Heading, e Entry) ([]byte, error) {
	sheet, err := paper.New()
	if err != nil {
		return nil, err
	}
	p := printing{sheet, r, h, i18n.ZH}
	if h.Language == "en" {
		p.lang = i18n.EN
	}
	p.Centre(paper.SizeHead, h.Org)
	p.Centre(paper.SizeTitle, p.say("slip."+e.Code))
	p.Y += 3
	p.field("hall", h.Title)
	p.field("day", p.clock(e.When(), ""))
	p.field("taxpayer", e.Taxpayer.Name+" "+e.Taxpayer.USCC)
	p.field("reviewer", e.Author)
	p.field("number", e.ID)
	p.Y += 3
	p.Paragraph(paper.SizeBody, "", e.Text)
	if e.Code == Supplement {
		p.Heading(p.say("lacks"))
		for i, l := range e.Lacks {
			p.Paragraph(paper.SizeBody, strconv.Itoa(i+1)+". ", l)
		}
	}
	p.Y += 6
	p.Paragraph(paper.SizeTable, "", p.say("slip.foot."+e.Code))
	p.Y += 10
	p.Paragraph(paper.SizeBody, "", p.say("slip.sign"))
	made := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if at, err := evidence.ParseTime(e.When()); err == nil {
		made = calendar.DayOf(at).At("00:00").UTC()
	}
	return sheet.PDF(p.say("slip."+e.Code)+" "+short(e.ID), made)
}
