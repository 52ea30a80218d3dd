/// The exit code of a process.
package enum ExitCode: Int32, CaseIterable, Sendable {
  case ok = 0
  case failed = 1
  /// A mistake in the command line, the environment or the config file.
  case usage = 2
  /// A partial result that was not accepted.
  case degraded = 3
  /// A service level or a threshold was missed.
  case thresholdMissed = 4
  /// No node answered, or none in time.
  case unreachable = 5
  case notAllowed = 6
  case conflict = 7
  /// `winnowd` could not read or write its storage.
  case storageFailed = 74
  case interrupted = 130
}
