/// The bits of floats, with every NaN alike, as the spec has them.
func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern } }

func bits(_ value: Float) -> UInt32 { bits([value])[0] }
