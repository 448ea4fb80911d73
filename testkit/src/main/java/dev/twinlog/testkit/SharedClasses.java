package dev.twinlog.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The archive of classes that children with this JVM's class path start with, if the build has made
 * one: a broker then takes half of the CPU time to start. The JVM ignores one that doesn't fit.
 */
final class SharedClasses {
  /** The file, as {@code -XX:ArchiveClassesAtExit} made it. */
  static final String ARCHIVE = "twinlog.test.child.archive";

  private static final Pattern SEPARATOR = Pattern.compile(Pattern.quote(File.pathSeparator));

  private SharedClasses() {}

  /** What has a child take the archive; nothing without one. */
  static List<String> jvmArgs() {
    return isThere()
        ? List.of(
            "-XX:SharedArchiveFile=" + System.getProperty(ARCHIVE),
            // One that doesn't fit is no matter for a child's output.
            "-Xlog:cds=off",
            "-Xlog:cds+dynamic=off",
            "-Xlog:class+path=off")
        : List.of();
  }

  /**
   * This JVM's class path. With an archive its directories are at the end: an archive is of jars,
   * and fits where the class path begins with these.
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
