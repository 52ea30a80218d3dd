/// A format of other programs that Winnow does not read where it was given, recognised by how the file begins.
///
/// A reader looks for its own formats first and asks this type only about what is left, so that its error names what
/// the user has and how to convert it, in place of a complaint about the first byte.
package enum ForeignFormat: CaseIterable, Sendable {
  case arrays, arrow, avro, bzip2, database, document, duckDB, feather, gzip, hdf5, html, image, legacySpreadsheet, lz4
  case matlab, numpy, openDocument, orc, parquet, pdf, pickle, program, rar, safetensors, sevenZip, spreadsheet, tar
  case torch, utf16, utf32, xml, xz, zip, zstandard

  /// The format that the reader of the file needs.
  package enum Need: Sendable {
    /// Rows: a table or JSON Lines.
    case rows
    /// Numbers: `.npy` or safetensors.
    case vectors
    /// One JSON document.
    case json
  }

  /// How many bytes of a file's beginning are looked at.
  package static let headBytes = 512

  /// The format that these bytes begin; `nil` if it is none of those here. A short head finds less, never something
  /// else.
  package init?(head bytes: some Collection<UInt8>) {
    let head = Array(bytes.prefix(Self.headBytes))
    guard let format = Self.container(head) ?? Self.signed(head) ?? Self.wideText(head) ?? Self.markup(head) else {
      return nil
    }
    self = format
  }

  /// The format as a noun with its article.
  package var name: String {
    switch self {
    case .arrays: "a zip of NumPy arrays (.npz)"
    case .arrow: "an Arrow file"
    case .avro: "an Avro file"
    case .bzip2: "compressed with bzip2"
    case .database: "an SQLite database"
    case .document: "a document of an office program (RTF)"
    case .duckDB: "a DuckDB database"
    case .feather: "a Feather file"
    case .gzip: "compressed with gzip"
    case .hdf5: "an HDF5 file"
    case .html: "an HTML page"
    case .image: "an image"
    case .legacySpreadsheet: "an old spreadsheet (.xls)"
    case .lz4: "compressed with lz4"
    case .matlab: "a MATLAB file (.mat)"
    case .numpy: "a NumPy array (.npy)"
    case .openDocument: "an OpenDocument file (.ods)"
    case .orc: "an ORC file"
    case .parquet: "a Parquet file"
    case .pdf: "a PDF document"
    case .pickle: "a Python pickle"
    case .program: "a program"
    case .rar: "a RAR archive"
    case .safetensors: "a safetensors file"
    case .sevenZip: "a 7z archive"
    case .spreadsheet: "a spreadsheet (.xlsx)"
    case .tar: "a tar archive"
    case .torch: "a file of torch.save"
    case .utf16: "text in UTF-16"
    case .utf32: "text in UTF-32"
    case .xml: "an XML file"
    case .xz: "compressed with xz"
    case .zip: "a zip archive"
    case .zstandard: "compressed with zstd"
    }
  }

  /// Advice for a file of this format; the texts are constant.
  package func advice(for need: Need) -> String {
    switch self {
    case .bzip2: "unpack it with 'bunzip2' and give what is inside"
    case .gzip: "unpack it with 'gunzip' and give what is inside"
    case .lz4: "unpack it with 'unlz4' and give what is inside"
    case .xz: "unpack it with 'unxz' and give what is inside"
    case .zstandard: "unpack it with 'unzstd' and give what is inside"
    case .zip: "unpack it with 'unzip' and give the file inside"
    case .tar: "unpack it with 'tar -xf' and give the file inside"
    case .rar, .sevenZip: "unpack it with '7z x' and give the file inside"
    case .utf16: "save it as UTF-8, for example with 'iconv -f UTF-16 -t UTF-8'"
    case .utf32: "save it as UTF-8, for example with 'iconv -f UTF-32 -t UTF-8'"
    case .html: "a download may have given a page in place of the file: open it in a browser"
    default:
      switch need {
      case .rows: rowAdvice
      case .vectors: vectorAdvice
      case .json: "this file is to be JSON text, in UTF-8; proto-spec/08-files says which fields it has"
      }
    }
  }

  private var rowAdvice: String {
    switch self {
    case .spreadsheet, .legacySpreadsheet, .openDocument: "save the sheet as CSV, in UTF-8"
    case .parquet: "write it as CSV: pandas.read_parquet(FILE).to_csv(OUT, index=False)"
    case .arrow, .feather: "write it as CSV: pandas.read_feather(FILE).to_csv(OUT, index=False)"
    case .orc: "write it as CSV: pandas.read_orc(FILE).to_csv(OUT, index=False)"
    case .hdf5: "write it as CSV: pandas.read_hdf(FILE).to_csv(OUT, index=False)"
    case .xml: "write it as CSV: pandas.read_xml(FILE).to_csv(OUT, index=False)"
    case .avro: "write it as JSON Lines, for example with 'avro-tools tojson'"
    case .database: "write the table as CSV: sqlite3 -header -csv FILE 'SELECT * FROM …'"
    case .duckDB: "write the table as CSV: duckdb FILE \"COPY … TO 'OUT.csv'\""
    case .pickle, .torch:
      "a pickle can run code when it is loaded, so it is not read: load it where you trust it and write CSV"
    case .arrays, .matlab, .numpy, .safetensors:
      "this is to be a table or JSON Lines; vectors go in --vectors of a feed"
    default: "this is to be a table (CSV or TSV) or JSON Lines, in UTF-8"
    }
  }

  private var vectorAdvice: String {
    switch self {
    case .arrays: "save the one array with numpy.save(OUT, numpy.load(FILE)[NAME])"
    case .hdf5: "save the one array with numpy.save(OUT, h5py.File(FILE)[NAME][:])"
    case .matlab: "save the one array with numpy.save(OUT, scipy.io.loadmat(FILE)[NAME])"
    case .parquet: "save the column with numpy.save(OUT, numpy.stack(pandas.read_parquet(FILE)[NAME]))"
    case .arrow, .feather: "save the column with numpy.save(OUT, numpy.stack(pandas.read_feather(FILE)[NAME]))"
    case .torch, .pickle:
      "a pickle can run code when it is loaded, so it is not read: load it where you trust it and use numpy.save"
    default: "save the vectors with numpy.save, or as safetensors"
    }
  }
}
