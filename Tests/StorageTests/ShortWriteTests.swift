import Foundation
import Storage
import Support
import Testing
import Vocabulary

/// Writes that the system cuts short: a signal ends a write that waits amid its bytes.
@Suite struct ShortWriteTests {
  @Test func aWriteThatIsCutShortGoesOnWhereItWas() async throws {
    let place = TemporaryDirectory()
    let (pipe, copy) = ("\(place.path)/pipe", "\(place.path)/copy")
    try #require(mkfifo(pipe, 0o600) == 0)
    let reader = Process()
    reader.executableURL = URL(filePath: "/bin/sh")
    // Slow, so that the writer waits again and again.
    reader.arguments = [
      "-c",
      "exec 3<\"$0\"; for i in 1 2 3 4 5 6 7 8 9; do head -c 50001 <&3; sleep 0.02; done >\"$1\"; cat <&3 >>\"$1\"",
      pipe, copy,
    ]
    try reader.run()
    // A handler, and no flag to restart calls: then waiting ones end early, with what they have written so far.
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in }
    try #require(sigaction(SIGUSR2, &action, nil) == 0)
    var random = SeededRandom(seed: 8)
    let bytes = random.bytes(1 << 20)
    let isOver = Lock(false)
    let error = await withTaskGroup(of: Void.self) { group -> DiskError? in
      let writer = pthread_self()
      group.addTask {
        while !isOver.withLock({ $0 }) {
          pthread_kill(writer, SIGUSR2)
          usleep(100)
        }
      }
      defer { isOver.withLock { $0 = true } }
      return DiskTests.error { () throws(DiskError) in try RealDisk().openForAppending(pipe).append(bytes) }
    }
    reader.waitUntilExit()
    #expect(error == nil)
    #expect(Array(try Data(contentsOf: URL(filePath: copy))) == bytes)
  }
}
