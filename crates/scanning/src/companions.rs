//! Which application identifiers need another beside them, and which exclude each other. One barcode of several on a
//! carton may rightly leave out what another one says, so that this is asked for, and no part of reading.

use crate::table::{fits, row};
use crate::{Ai, Element, Elements, ScanRefusal};

impl Elements {
    /// Checks what the standard demands of the elements together: those of all barcodes on one thing.
    ///
    /// # Errors
    /// [`ScanRefusal::AiMissing`] or [`ScanRefusal::AiExcluded`], the first one found. Identifiers that are not
    /// assigned demand nothing.
    pub fn check_companions(&self) -> Result<(), ScanRefusal> {
        for ai in self.iter().map(Element::ai) {
            let Some(row) = row(ai) else { continue };
            for sets in &row.requires {
                let complete = |set: &Vec<&str>| set.iter().all(|pattern| self.beside(ai, pattern).is_some());
                if !sets.iter().any(complete) {
                    let wanted = sets.iter().map(|set| set.join("+")).collect::<Vec<_>>().join(", ");
                    return Err(ScanRefusal::AiMissing { ai, wanted });
                }
            }
            if let Some(other) = row.excludes.iter().find_map(|pattern| self.beside(ai, pattern)) {
                return Err(ScanRefusal::AiExcluded { ai, other });
            }
        }
        Ok(())
    }

    /// Another identifier that fits the pattern.
    fn beside(&self, ai: Ai, pattern: &str) -> Option<Ai> {
        self.iter().map(Element::ai).find(|other| *other != ai && fits(pattern, *other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::UnknownAis;

    #[test]
    fn needs_and_exclusions() {
        for (text, code) in [
            ("(01)04006381333931(10)A", None),
            ("(10)A", Some("ai_missing")),
            ("(01)04006381333931(37)5", Some("ai_excluded")),
            ("(00)123456789012345675(02)04006381333931(37)5", None),
            ("(00)123456789012345675(37)5", Some("ai_missing")),
            ("(01)04006381333931(3103)000195(3102)000195", Some("ai_excluded")),
            ("(01)04006381333931(3103)000195(3922)0299", None),
            ("(01)04006381333931(21)A(235)B", Some("ai_excluded")),
        ] {
            let read = Elements::from_brackets(text, UnknownAis::Refuse).unwrap();
            assert_eq!(read.check_companions().err().map(|refused| refused.code()), code, "{text}");
        }
    }
}
