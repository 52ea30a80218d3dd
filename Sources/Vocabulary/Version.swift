/// The version of the programs and libraries of this package.
public enum Version {
  /// As `--version` prints it.
  public static let text = "0.1.0"
}
