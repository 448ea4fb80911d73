package dev.twinlog.testkit.child;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The class data sharing (CDS) archive for child JVMs with this JVM's class path, if the build has
 * made one: a broker then needs half of the CPU time to start. The JVM ignores an archive that
 * doesn't match.
 */
final class SharedClasses {
  /** The system property with the file that {@code -XX:ArchiveClassesAtExit} made. */
  static final String ARCHIVE = "twinlog.test.child.archive";

  private static final Pattern SEPARATOR = Pattern.compile(Pattern.quote(File.pathSeparator));

  private SharedClasses() {}

  /** JVM arguments that make a child use the archive; empty without one. */
  static List<String> jvmArgs() {
    return isThere()
        ? List.of(
            "-XX:SharedArchiveFile=" + System.getProperty(ARCHIVE),
            // Without this the JVM prints a warning about an archive that doesn't match.
            "-Xlog:cds=off",
            "-Xlog:cds+dynamic=off",
            "-Xlog:class+path=off")
        : List.of();
  }

  /**
   * This JVM's class path. With an archive, the directories are moved behind the jars: an archive
   * covers jars only, and matches a class path that begins with the same ones.
   */
  static String classPath() {
    String entries = System.getProperty("java.class.path");
    return isThere() ? jarsFirst(entries) : entries;
  }

  static String jarsFirst(String classPath) {
    List<String> entries = SEPARATOR.splitAsStream(classPath).toList();
    return Stream.concat(
            entries.stream().filter(entry -> !isDirectory(entry)),
            entries.stream().filter(SharedClasses::isDirectory))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static boolean isDirectory(String entry) {
    return Files.isDirectory(Path.of(entry));
  }

  private static boolean isThere() {
    String archive = System.getProperty(ARCHIVE);
    return archive != null && Files.exists(Path.of(archive));
  }
}
