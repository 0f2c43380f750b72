//! Samples as the columns of charts: rates out of counters, gaps where nothing was measured. Pure.

use linkspan_shared::stats::Sample;

/// Milliseconds between two samples from which on nothing is known of what lies between.
const GAP: i64 = 5_000;

/// One column each, with NaN where there is nothing.
#[derive(Debug, Default, PartialEq)]
pub struct Columns {
    /// Seconds since 1970.
    pub times: Vec<f64>,
    /// Percent of one core.
    pub cpu: Vec<f64>,
    /// Bytes
    pub memory: Vec<f64>,
    /// Bytes a second
    pub received: Vec<f64>,
    pub sent: Vec<f64>,
    pub read: Vec<f64>,
    pub written: Vec<f64>,
}

impl Columns {
    /// `from`: milliseconds since 1970.
    pub fn of(samples: &[Sample], from: i64) -> Self {
        let mut columns = Self::default();
        let first = samples.partition_point(|sample| sample.time.0 < from);
        for at in first..samples.len() {
            let sample = &samples[at];
            let before = at.checked_sub(1).map(|before| &samples[before]);
            let near = before.filter(|before| sample.time.0 - before.time.0 <= GAP);
            if at > first && near.is_none() {
                // A point with nothing, so that no line is drawn across.
                columns.push((sample.time.0 - 1) as f64 / 1_000.0, [f64::NAN; 6]);
            }
            let rate = |figure: fn(&Sample) -> Option<u64>| {
                let before = near?;
                let seconds = (sample.time.0 - before.time.0) as f64 / 1_000.0;
                // A counter that went back began anew with its container.
                let passed = figure(sample)?.checked_sub(figure(before)?)?;
                (seconds > 0.0).then(|| passed as f64 / seconds)
            };
            let figures = [
                sample.cpu.map(|cpu| cpu as f64 / 100.0),
                Some(sample.memory as f64),
                rate(|sample| sample.received),
                rate(|sample| sample.sent),
                rate(|sample| sample.read),
                rate(|sample| sample.written),
            ];
            columns.push(sample.time.0 as f64 / 1_000.0, figures.map(|figure| figure.unwrap_or(f64::NAN)));
        }
        columns
    }

    fn push(&mut self, time: f64, figures: [f64; 6]) {
        self.times.push(time);
        let columns = [&mut self.cpu, &mut self.memory, &mut self.received, &mut self.sent, &mut self.read, &mut self.written];
        columns.into_iter().zip(figures).for_each(|(column, figure)| column.push(figure));
    }
}

/// Of what was measured: the last, the average and the highest.
pub fn summary(column: &[f64]) -> Option<(f64, f64, f64)> {
    let known = || column.iter().copied().filter(|value| !value.is_nan());
    let count = known().count();
    let last = column.last().copied().filter(|value| !value.is_nan()).or_else(|| known().next_back())?;
    Some((last, known().sum::<f64>() / count as f64, known().fold(0.0, f64::max)))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use linkspan_shared::time::Timestamp;

    fn sample(time: i64, received: Option<u64>) -> Sample {
        Sample { time: Timestamp(time), cpu: Some(1_250), memory: 7, received, ..Sample::default() }
    }

    #[wasm_bindgen_test]
    fn counters_become_rates_and_gaps_stay_gaps() {
        let samples =
            [sample(0, Some(100)), sample(1_000, Some(600)), sample(3_000, Some(0)), sample(60_000, Some(5)), sample(61_000, None)];
        let columns = Columns::of(&samples, 0);
        assert_eq!(columns.times, [0.0, 1.0, 3.0, 59.999, 60.0, 61.0]);
        assert_eq!(columns.cpu[0], 12.5);
        assert!(columns.cpu[3].is_nan());
        let rates: Vec<Option<f64>> = columns.received.iter().map(|rate| (!rate.is_nan()).then_some(*rate)).collect();
        // The first has none before it, the third began anew, the last two have nothing to compare.
        assert_eq!(rates, [None, Some(500.0), None, None, None, None]);
        // What was before the range is still what the first of it is compared with.
        assert_eq!(Columns::of(&samples, 1_000).received[0], 500.0);
        assert_eq!(summary(&[f64::NAN]), None);
        assert_eq!(summary(&[1.0, 3.0, f64::NAN]), Some((3.0, 2.0, 3.0)));
    }
}
