//! The one table of routes: the router is built from it, and whoever describes the API reads it.

use actix_web::http::Method;

/// Who may call a route. A role holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

/// What the owner says of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It does what it says.
    Implemented,
    /// Previewable, and behind the gate.
    Guarded,
    /// Not of the owner's table: what clients need around it.
    Companion,
}

/// One route.
#[derive(Debug, Clone)]
pub struct Route {
    /// The group that it belongs to.
    pub resource: &'static str,
    /// GET or POST.
    pub method: Method,
    /// With `{id}` for parameters.
    pub path: &'static str,
    /// What the owner says of it.
    pub status: Status,
    /// What it is for, in the owner's words where it is the owner's.
    pub purpose: &'static str,
    /// The least role that may call it.
    pub role: Role,
}

/// Every route under `/api/v1`.
pub const ROUTES: [Route; 7] = [
    Route {
        resource: "Inventory",
        method: Method::GET,
        path: "/api/v1/inventory/availability",
        status: Status::Implemented,
        purpose: "read available, reserved, held, and owned inventory",
        role: Role::Viewer,
    },
    Route {
        resource: "Reservations",
        method: Method::POST,
        path: "/api/v1/inventory/reservations",
        status: Status::Implemented,
        purpose: "create idempotent order reservations",
        role: Role::Integration,
    },
    Route {
        resource: "Reservations",
        method: Method::GET,
        path: "/api/v1/inventory/reservations",
        status: Status::Companion,
        purpose: "list reservations by order, state and sku",
        role: Role::Viewer,
    },
    Route {
        resource: "Reservations",
        method: Method::GET,
        path: "/api/v1/inventory/reservations/{id}",
        status: Status::Companion,
        purpose: "read one reservation",
        role: Role::Viewer,
    },
    Route {
        resource: "Reservations",
        method: Method::POST,
        path: "/api/v1/inventory/reservations/{id}/release",
        status: Status::Implemented,
        purpose: "release active reserved stock",
        role: Role::Integration,
    },
    Route {
        resource: "Reservations",
        method: Method::POST,
        path: "/api/v1/inventory/reservations/{id}/consume",
        status: Status::Implemented,
        purpose: "consume reserved stock after shipment proof",
        role: Role::Integration,
    },
    Route {
        resource: "Reservations",
        method: Method::POST,
        path: "/api/v1/inventory/reservations/{id}/fill",
        status: Status::Companion,
        purpose: "try again to reserve what a reservation is short of",
        role: Role::Integration,
    },
];
