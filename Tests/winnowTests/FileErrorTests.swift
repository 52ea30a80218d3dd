import Testing

@testable import winnow

struct FileErrorTests {
  private func message(_ body: () throws(Failure) -> Void) -> String {
    do throws(Failure) {
      try body()
      return ""
    } catch { return error.message }
  }

  @Test func filesThatCannotBeReadAreToldInWords() {
    #expect(
      message { () throws(Failure) in _ = try Files.read("/dev", limit: 1 << 20) }.hasSuffix("/dev: Is a directory"))
    #expect(
      message { () throws(Failure) in _ = try ByteSource("/nonexistent") }
        == "cannot open /nonexistent: No such file or directory")
    #expect(
      message { () throws(Failure) in try OutputFile("/dev/full", nil).write(line: "line") }
        == "cannot append /dev/full: No space left on device")
  }
}
