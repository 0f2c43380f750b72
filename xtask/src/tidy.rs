//! The rules that the compiler does not know.

pub fn tidy() -> Result<(), String> {
    Ok(())
}
