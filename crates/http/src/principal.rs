//! Who calls, and what they may do. Until there are tokens the server is reachable over loopback only, and whoever
//! reaches it may do everything.

use actix_web::HttpRequest;
use kernel::{Code, Refusal};
use serde::Serialize;

/// What a caller may do. A role holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Also reserves, releases, consumes, scans.
    Integration,
    /// Also works and posts.
    Operator,
    /// Also approves, reverses, enables.
    Approver,
    /// Also tokens and master data.
    Admin,
}

impl Role {
    /// As it is written in answers and in the OpenAPI document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Integration => "integration",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }
}

/// The caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Principal {
    role: Role,
}

impl Principal {
    /// The caller of a request.
    pub(crate) fn of(_: &HttpRequest) -> Self {
        Self { role: Role::Admin }
    }

    /// Refuses what this caller may not do.
    pub(crate) fn require(self, role: Role) -> Result<(), Refusal> {
        if self.role >= role {
            return Ok(());
        }
        let detail = format!("This needs the role {}; the caller has {}.", role.as_str(), self.role.as_str());
        Err(Refusal::new(Code::RoleMissing, detail).fact("required_role", role).fact("role", self.role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_holds_those_before_it_and_no_other() {
        let roles = [Role::Viewer, Role::Integration, Role::Operator, Role::Approver, Role::Admin];
        for (held, role) in roles.iter().enumerate() {
            for (needed, required) in roles.iter().enumerate() {
                let allowed = Principal { role: *role }.require(*required);
                assert_eq!(allowed.is_ok(), held >= needed, "{role:?} for {required:?}");
                if let Err(refusal) = allowed {
                    assert_eq!(refusal.code, Code::RoleMissing);
                }
            }
        }
    }
}
