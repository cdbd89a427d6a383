//! What a site may want read differently.

/// What to do with an application identifier that is not assigned. Its values have no known end, so that in data with
/// separators it is refused whatever stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownAis {
    /// Refuse it.
    #[default]
    Refuse,
    /// Keep it where brackets say what it is.
    Keep,
    /// Keep it as a query attribute of a Digital Link, too.
    KeepInLinks,
}

/// What a site may want read differently. The default is the letter of the standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// `^` stands for FNC1, as some scanners are set up to send it.
    pub caret_is_fnc1: bool,
    /// Keys of a Digital Link may have the names of its first edition (`/gtin/…/lot/…`), which are deprecated.
    pub short_link_names: bool,
    /// A GTIN in a Digital Link may have 8, 12 or 13 digits.
    pub short_link_gtins: bool,
    /// What to do with unassigned application identifiers.
    pub unknown_ais: UnknownAis,
}
