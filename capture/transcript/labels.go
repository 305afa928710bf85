package transcript

import (
	"fmt"

	"minglu/assets"
	"minglu/capture/strict"
)

// Labels are the words of the prescribed form in one language; {names} in them are filled with assets.Fill.
type Labels struct {
	Title            string   `json:"title"`
	Ordinal          string   `json:"ordinal"`
	Number           string   `json:"number"`
	Page             string   `json:"page"`
	Time             string   `json:"time"`
	Span             string   `json:"span"`
	Place            string   `json:"place"`
	Item             string   `json:"item"`
	Case             string   `json:"case"`
	Taxpayer         string   `json:"taxpayer"`
	USCC             string   `json:"uscc"`
	Interviewers     string   `json:"interviewers"`
	Certificate      string   `json:"certificate"`
	Clerk            string   `json:"clerk"`
	Operator         string   `json:"operator"`
	Interviewee      string   `json:"interviewee"`
	Sex              string   `json:"sex"`
	Birth            string   `json:"birth"`
	IDKind           string   `json:"id_kind"`
	IDNumber         string   `json:"id_number"`
	Employer         string   `json:"employer"`
	Post             string   `json:"post"`
	Address          string   `json:"address"`
	Phone            string   `json:"phone"`
	Relation         string   `json:"relation"`
	RightsTitle      string   `json:"rights_title"`
	Rights           []string `json:"rights"`
	NoticesTitle     string   `json:"notices_title"`
	CertificateTold  string   `json:"certificate_told"`
	RecordingTold    string   `json:"recording_told"`
	RightsTold       string   `json:"rights_told"`
	RecusalTold      string   `json:"recusal_told"`
	Answered         string   `json:"answered"`
	Told             string   `json:"told"`
	NotTold          string   `json:"not_told"`
	BodyTitle        string   `json:"body_title"`
	Question         string   `json:"question"`
	Answer           string   `json:"answer"`
	Note             string   `json:"note"`
	EndOfBody        string   `json:"end_of_body"`
	CorrectionsTitle string   `json:"corrections_title"`
	Correction       string   `json:"correction"`
	Addition         string   `json:"addition"`
	Removal          string   `json:"removal"`
	Closing          string   `json:"closing"`
	Refusal          string   `json:"refusal"`
	Signed           string   `json:"signed"`
	Attestor         string   `json:"attestor"`
	SignInterviewee  string   `json:"sign_interviewee"`
	RefusedHere      string   `json:"refused_here"`
	SignInterviewers string   `json:"sign_interviewers"`
	SignClerk        string   `json:"sign_clerk"`
	SignAttestor     string   `json:"sign_attestor"`
	DateLine         string   `json:"date_line"`
	StatementTitle   string   `json:"statement_title"`
	Recording        string   `json:"recording"`
	Room             string   `json:"room"`
	Started          string   `json:"started"`
	Duration         string   `json:"duration"`
	Method           string   `json:"method"`
	Maker            string   `json:"maker"`
	Proves           string   `json:"proves"`
	Breaks           string   `json:"breaks"`
	NoBreaks         string   `json:"no_breaks"`
	Break            string   `json:"break"`
	Digest           string   `json:"digest"`
	DigestOf         string   `json:"digest_of"`
	Draft            string   `json:"draft"`
	Unsigned         string   `json:"unsigned"`
}

// Prescribed gives the words of the form in a language: "en", or else Chinese.
func Prescribed(lang string) (Labels, error) {
	var forms struct {
		V  int    `json:"v"`
		ZH Labels `json:"zh"`
		EN Labels `json:"en"`
	}
	doc := strict.Decode("forms/transcript.json", assets.TranscriptForm, &forms)
	if err := doc.Err(); err != nil {
		return Labels{}, fmt.Errorf("read form of the transcript: %w", err)
	}
	if lang == "en" {
		return forms.EN, nil
	}
	return forms.ZH, nil
}
