//! What must hold when many want the same, when the server dies, and when it is set up wrongly. Knows no table and no
//! file of the program.

mod contention;
mod crash;
mod settings;
mod stop;
