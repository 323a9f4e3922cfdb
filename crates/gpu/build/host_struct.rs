use std::fmt::Write as _;

use naga::{Handle, Module, Scalar, ScalarKind, Type, TypeInner, VectorSize};

/// Name and Rust twin of the struct of a uniform: the same members at the same offsets, gaps and
/// all, which the compiler checks.
pub fn host_struct(module: &Module, ty: Handle<Type>, stem: &str) -> (String, String) {
    let Type { name, inner } = &module.types[ty];
    let (Some(name), TypeInner::Struct { members, span }) = (name, inner) else {
        panic!("shaders/{stem}.wgsl: the uniform must be a struct");
    };
    let mut code = format!(
        "/// Parameters: `{name}` of the kernel.\n\
         #[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]\n\
         #[repr(C)]\npub struct {name} {{\n"
    );
    let mut checks = format!("assert!(size_of::<{name}>() == {span});\n");
    let (mut end, mut gaps) = (0, 0);
    let mut fill = |code: &mut String, from: u32, to: u32| {
        assert!(from <= to && (to - from).is_multiple_of(4));
        if from < to {
            let field = if gaps == 0 {
                "gap".to_owned()
            } else {
                format!("gap_{gaps}")
            };
            writeln!(
                code,
                "/// Unused.\npub {field}: [u32; {}],",
                (to - from) / 4
            )
            .unwrap();
            gaps += 1;
        }
    };
    for member in members {
        let field = member.name.as_deref().unwrap();
        let inner = &module.types[member.ty].inner;
        fill(&mut code, end, member.offset);
        let rust = rust_type(inner)
            .unwrap_or_else(|| panic!("shaders/{stem}.wgsl: no Rust type for `{name}.{field}`"));
        writeln!(code, "/// `{field}` of the kernel.\npub {field}: {rust},").unwrap();
        writeln!(
            checks,
            "assert!(std::mem::offset_of!({name}, {field}) == {});",
            member.offset
        )
        .unwrap();
        end = member.offset + inner.size(module.to_ctx());
    }
    fill(&mut code, end, *span);
    writeln!(code, "}}\nconst _: () = {{\n{checks}}};").unwrap();
    (name.clone(), code)
}

fn rust_type(inner: &TypeInner) -> Option<String> {
    let scalar = |scalar: &Scalar| match (scalar.kind, scalar.width) {
        (ScalarKind::Uint, 4) => Some("u32"),
        (ScalarKind::Sint, 4) => Some("i32"),
        (ScalarKind::Float, 4) => Some("f32"),
        _ => None,
    };
    match inner {
        TypeInner::Scalar(of) => scalar(of).map(str::to_owned),
        TypeInner::Vector { size, scalar: of } => {
            let length = match size {
                VectorSize::Bi => 2,
                VectorSize::Tri => 3,
                VectorSize::Quad => 4,
            };
            scalar(of).map(|of| format!("[{of}; {length}]"))
        }
        _ => None,
    }
}
