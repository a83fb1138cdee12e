//! How a profile treats its deliveries: the table `[profile.NAME.delivery]`.

use serde::{Deserialize, Serialize};
use toml_edit::Value;

use super::{
    ConfigError, HOLD_S,
    rules::{self, BadValue},
    table::Table,
};

/// How a profile treats its deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryConfig {
    /// Seconds that the relay holds a call while the laptop is away.
    pub hold_s: u32,
    /// What becomes of messages while the user has stopped the profile.
    pub stopped: WhileStopped,
    /// Whether answers on the platform door are brought into the one shape that every reader of the platform
    /// understands.
    pub normalise: bool,
    /// Whether a message whose outcome is not known is given to the agent again when it comes again.
    pub replay_unknown: bool,
    /// Whether the journal keeps the bodies of messages for people to read.
    pub record_bodies: bool,
    /// The most messages that the agent works on at a time, if fewer than the workspace says.
    pub max_tasks: Option<u32>,
    /// What the org is told of the work under way.
    pub current_task: TaskWords,
}

/// What becomes of the platform's messages while the user has stopped the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhileStopped {
    /// The platform keeps them for the next start.
    #[default]
    Queue,
    /// Their senders are told at once that nobody answers.
    Refuse,
}

/// What a heartbeat says of the work under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskWords {
    /// Nothing.
    None,
    /// How many there are.
    #[default]
    Count,
    /// The methods called.
    Method,
    /// The first words of a message: the whole org can read them.
    Words,
}

/// The most tasks that a profile may allow: the streams that one link carries.
const MOST_TASKS: u32 = 256;

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            hold_s: HOLD_S,
            stopped: WhileStopped::default(),
            normalise: true,
            replay_unknown: false,
            record_bodies: false,
            max_tasks: None,
            current_task: TaskWords::default(),
        }
    }
}

impl WhileStopped {
    const ALL: [(&'static str, Self); 2] = [("queue", Self::Queue), ("refuse", Self::Refuse)];
}

impl TaskWords {
    const ALL: [(&'static str, Self); 4] = [
        ("none", Self::None),
        ("count", Self::Count),
        ("method", Self::Method),
        ("words", Self::Words),
    ];
}

impl DeliveryConfig {
    /// Reads the table.
    pub(super) fn read(table: &Table<'_>) -> Result<Self, ConfigError> {
        let usual = Self::default();
        let values = usual.values();
        let keys: Vec<&str> = values.iter().map(|(key, _)| *key).collect();
        table.only(&keys)?;
        let flag = |key: &str, usual: bool| Ok::<_, ConfigError>(table.boolean(key)?.unwrap_or(usual));
        Ok(Self {
            hold_s: table.number("hold_s", rules::hold_s)?.unwrap_or(usual.hold_s),
            stopped: word(table, "stopped", &WhileStopped::ALL)?.unwrap_or_default(),
            normalise: flag("normalise", usual.normalise)?,
            replay_unknown: flag("replay_unknown", usual.replay_unknown)?,
            record_bodies: flag("record_bodies", usual.record_bodies)?,
            max_tasks: table.number("max_tasks", max_tasks)?,
            current_task: word(table, "current_task", &TaskWords::ALL)?.unwrap_or_default(),
        })
    }

    /// Says what of it would not be read from a file.
    pub(super) fn check(&self) -> Result<(), BadValue> {
        rules::hold_s(i64::from(self.hold_s))?;
        self.max_tasks
            .map_or(Ok(()), |tasks| max_tasks(i64::from(tasks)).map(drop))
    }

    /// Every key with its value; a key without a value is to be left out.
    pub(super) fn values(&self) -> Vec<(&'static str, Option<Value>)> {
        fn name<T: PartialEq>(all: &[(&'static str, T)], value: &T) -> Option<Value> {
            let found = all.iter().find(|(_, one)| one == value);
            found.map(|(name, _)| Value::from(*name))
        }
        vec![
            ("hold_s", Some(i64::from(self.hold_s).into())),
            ("stopped", name(&WhileStopped::ALL, &self.stopped)),
            ("normalise", Some(self.normalise.into())),
            ("replay_unknown", Some(self.replay_unknown.into())),
            ("record_bodies", Some(self.record_bodies.into())),
            ("max_tasks", self.max_tasks.map(|tasks| i64::from(tasks).into())),
            ("current_task", name(&TaskWords::ALL, &self.current_task)),
        ]
    }
}

fn word<T: Copy>(table: &Table<'_>, key: &str, all: &[(&'static str, T)]) -> Result<Option<T>, ConfigError> {
    let found = table.text(key, |text| {
        all.iter()
            .find(|(name, _)| *name == text)
            .map(|(_, value)| *value)
            .ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
                BadValue::new(
                    format!("{key} \"{text}\" is not known"),
                    format!("Known here: {}", known.join(", ")),
                )
            })
    })?;
    Ok(found.map(|(value, _)| value))
}

fn max_tasks(tasks: i64) -> Result<u32, BadValue> {
    match u32::try_from(tasks) {
        Ok(tasks) if (1..=MOST_TASKS).contains(&tasks) => Ok(tasks),
        _ => Err(BadValue::new(
            format!("max_tasks is {tasks}, and a link carries {MOST_TASKS} calls at the most"),
            format!("Use 1 to {MOST_TASKS}, or leave it out: the workspace has a limit of its own"),
        )),
    }
}
