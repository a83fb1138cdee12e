//! What a measurement gives: named numbers, a table of them for people, and one JSON object for programs.

use serde_json::{Map, Value, json};

/// The figures of one measurement. A key stays once introduced.
pub(crate) struct Figures {
    bench: &'static str,
    notes: Vec<String>,
    rows: Vec<(String, f64, &'static str)>,
}

impl Figures {
    /// None yet.
    pub(crate) fn new(bench: &'static str) -> Self {
        Self {
            bench,
            notes: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Adds a figure with what it says and in which unit.
    pub(crate) fn add(&mut self, key: impl Into<String>, value: f64, meaning: &'static str) {
        self.rows.push((key.into(), value, meaning));
    }

    /// Adds a sentence that a reader of the figures must know.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The table, and with `json` the object as the last line.
    pub(crate) fn print(&self, json: bool) {
        println!("\n{}", self.bench);
        for (key, value, meaning) in &self.rows {
            println!("  {key:<20} {value:>12.2}   {meaning}");
        }
        for note in &self.notes {
            println!("  {note}");
        }
        if json {
            println!("{}", self.object());
        }
    }

    fn object(&self) -> Value {
        let figures: Map<String, Value> = self
            .rows
            .iter()
            .map(|(key, value, _)| (key.clone(), json!(rounded(*value))))
            .collect();
        json!({ "bench": self.bench, "figures": figures })
    }
}

/// Three decimals: more is noise.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The middle of the values; the mean of the two middle ones where there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// The value below which `share` of a hundred are.
pub(crate) fn percentile(values: &[f64], share: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (sorted.len() * share).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert!((percentile(&values, 95) - 19.0).abs() < f64::EPSILON);
        assert!((percentile(&[7.0], 95) - 7.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_object_has_the_bench_and_its_figures() {
        let mut figures = Figures::new("idle");
        figures.add("host_rss_mb", 9.123_456, "megabytes");
        assert_eq!(
            figures.object(),
            json!({ "bench": "idle", "figures": { "host_rss_mb": 9.123 } })
        );
    }
}
