//! What the caller gets for what the agent answered.

use axum::http::StatusCode;
use serde_json::Value;

use super::dispatch::{AgentAnswer, End};
use crate::era::Era;
use crate::refusal::Refusal;

/// The judgement of an answer.
pub(crate) struct Judged {
    /// `None`: the caller gets the answer as it is.
    pub(crate) refusal: Option<Refusal>,
    /// Whether the agent has done its work, so that the log shows a delivery.
    pub(crate) delivered: bool,
}

/// The text of an answer as delegations read it: the first text part of the result or of its artifacts, and where there
/// is none the whole answer.
pub(crate) fn answer_text(body: &[u8]) -> String {
    let whole = || String::from_utf8_lossy(body).into_owned();
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return whole();
    };
    let parts = |of: &Value| of["parts"].as_array().cloned().unwrap_or_default();
    let result = &answer["result"];
    let artifacts = result["artifacts"].as_array().cloned().unwrap_or_default();
    let mut all = parts(result).into_iter().chain(artifacts.iter().flat_map(parts));
    let text = all.find_map(|part| {
        let text = part["text"].as_str().filter(|_| part["kind"] == "text");
        text.map(str::to_owned)
    });
    text.unwrap_or_else(whole)
}

/// Judges an answer.
pub(crate) fn judge(era: Era, answer: &AgentAnswer) -> Judged {
    let cut_short = match answer.end {
        End::Whole => None,
        End::Cut => Some("failed to read agent response".to_owned()),
        End::TooLong if !era.refuses_long_bodies() => None,
        End::TooLong => Some(format!("response body exceeds {} byte limit", era.answer_cap())),
    };
    if let Some(error) = cut_short {
        let delivered = (200..400).contains(&answer.status.as_u16());
        // What the agent itself refused is not made a failure of the way in the later generation.
        let own = era.refuses_long_bodies() && answer.status.as_u16() >= 300;
        let status = if own {
            answer.status
        } else {
            StatusCode::BAD_GATEWAY
        };
        let mut refusal = Refusal::new(status, error).with("delivery_confirmed", delivered);
        if era.refuses_long_bodies() {
            refusal = refusal
                .with("truncated", answer.end == End::TooLong)
                .with("max_bytes", era.answer_cap());
        }
        return Judged {
            refusal: Some(refusal),
            delivered,
        };
    }
    if answer.status.is_success() && answer.body.is_empty() && era.refuses_empty_answers() {
        let refusal = Refusal::new(answer.status, "agent returned empty response body");
        return Judged {
            refusal: Some(refusal),
            delivered: false,
        };
    }
    if answer.status.as_u16() >= 300 {
        let refusal = Refusal::new(answer.status, error_text(answer));
        return Judged {
            refusal: Some(refusal),
            delivered: true,
        };
    }
    Judged {
        refusal: None,
        delivered: true,
    }
}

/// The text that is left of an agent's refusal: its own top-level `error` if that is text, else what the
/// status is called.
fn error_text(answer: &AgentAnswer) -> String {
    let own = serde_json::from_slice::<Value>(&answer.body)
        .ok()
        .and_then(|body| body.get("error")?.as_str().map(str::to_owned))
        .filter(|text| !text.is_empty());
    own.unwrap_or_else(|| answer.status.canonical_reason().unwrap_or_default().to_owned())
}

/// What an agent says of the tools it used, if it does.
pub(crate) fn tool_trace(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let trace = body.get("result")?.get("metadata")?.get("tool_trace")?;
    (!trace.is_null()).then(|| trace.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str, end: End) -> AgentAnswer {
        AgentAnswer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.as_bytes().into(),
            end,
        }
    }

    fn refusal(era: Era, status: u16, body: &'static str, end: End) -> Option<(u16, String)> {
        let refusal = judge(era, &answer(status, body, end)).refusal?;
        Some((refusal.status.as_u16(), refusal.error().to_owned()))
    }

    #[test]
    fn a_success_is_passed_on_and_every_other_status_keeps_only_its_error_text() {
        for era in [Era::S, Era::L] {
            assert_eq!(refusal(era, 200, r#"{"error":{"code":1}}"#, End::Whole), None);
            let gone = refusal(era, 503, r#"{"error":"asleep","detail":"x"}"#, End::Whole);
            assert_eq!(gone, Some((503, "asleep".into())));
            let rpc = refusal(era, 500, r#"{"error":{"code":-32603}}"#, End::Whole);
            assert_eq!(rpc, Some((500, "Internal Server Error".into())));
            assert_eq!(refusal(era, 302, "", End::Whole), Some((302, "Found".into())));
        }
    }

    #[test]
    fn an_empty_success_is_an_error_in_the_later_generation_only() {
        assert_eq!(refusal(Era::S, 204, "", End::Whole), None);
        assert_eq!(
            refusal(Era::L, 200, "", End::Whole),
            Some((200, "agent returned empty response body".into()))
        );
    }

    #[test]
    fn a_body_that_breaks_off_is_a_502_that_says_whether_the_agent_had_answered() {
        for era in [Era::S, Era::L] {
            let judged = judge(era, &answer(200, "{", End::Cut));
            assert!(judged.delivered);
            let refusal = judged.refusal.unwrap();
            assert_eq!(
                (refusal.status.as_u16(), refusal.error()),
                (502, "failed to read agent response")
            );
        }
        assert_eq!(refusal(Era::L, 500, "{", End::Cut).unwrap().0, 500);
        assert_eq!(refusal(Era::S, 500, "{", End::Cut).unwrap().0, 502);
    }

    #[test]
    fn a_body_over_the_cap_is_cut_silently_in_the_older_generation_and_refused_in_the_later() {
        assert_eq!(refusal(Era::S, 200, "{", End::TooLong), None);
        assert_eq!(refusal(Era::L, 200, "{", End::TooLong).unwrap().0, 502);
    }
}
