// Reads a ZIP with Java's two readers, the one that seeks and the one that streams (as many DICOM
// importers do), and prints name, size and SHA-256 of each file when both agree.
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

public class CheckZip {
  static String digest(InputStream in) throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    long size = new DigestInputStream(in, sha).transferTo(java.io.OutputStream.nullOutputStream());
    StringBuilder text = new StringBuilder(size + " ");
    for (byte b : sha.digest()) text.append(String.format("%02x", b));
    return text.toString();
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> seeking = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(args[0])) {
      for (var entries = zip.entries(); entries.hasMoreElements(); ) {
        ZipEntry entry = entries.nextElement();
        seeking.put(entry.getName(), digest(zip.getInputStream(entry)));
      }
    }
    Map<String, String> streaming = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new FileInputStream(args[0]))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; )
        streaming.put(entry.getName(), digest(zip));
    }
    if (!seeking.equals(streaming)) throw new Exception("the two readers differ");
    seeking.forEach((name, rest) -> System.out.println(name + " " + rest));
  }
}
