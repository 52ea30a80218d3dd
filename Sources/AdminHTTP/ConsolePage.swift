import CConsole

/// The console: one page, its style and the modules of its script, as they are sent. Nothing comes from another host.
package enum ConsolePage {
  /// A file of the page.
  package struct Part: Sendable {
    /// Such as `console.css`, in `Sources/CConsole/files` and in the directory of `--console-dir`.
    package let name: String
    /// What the program has of it since it was compiled.
    package let bytes: [UInt8]

    /// Where it is served: the page itself at `/`.
    package var path: String { name == ConsolePage.pageName ? "/" : "/\(name)" }

    /// With its charset. A browser runs a module only if it comes as `text/javascript`.
    package var contentType: String {
      let type =
        switch name.split(separator: ".").last {
        case "html": "text/html"
        case "css": "text/css"
        default: "text/javascript"
        }
      return "\(type); charset=utf-8"
    }

    /// The answer with these bytes, which may come from elsewhere while a person works on the page.
    package func response(_ bytes: [UInt8]) -> AdminResponse {
      AdminResponse(
        contentType: contentType, body: bytes,
        headers: ["Content-Security-Policy": ConsolePage.contentSecurityPolicy])
    }
  }

  /// The file that is the page.
  package static let pageName = "console.html"

  /// Page, style and modules.
  package static let parts = (0..<wc_file_count()).map { index in
    // SAFETY: the index is below the count; name and bytes are constants of the program.
    let file = unsafe wc_file_at(index)
    return unsafe Part(
      name: String(cString: file.name), bytes: Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
  }

  /// What the browser may do for the page: nothing but load its own parts and ask its own server.
  package static let contentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    + "form-action 'none'; frame-ancestors 'none'"
}
