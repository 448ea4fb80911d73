package dev.twinlog.testkit.versions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.child.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Runs a test in a JVM of its own, with a chosen logging library, and returns what it prints. */
final class LoggingChild {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Path directory;

  LoggingChild(Path directory) {
    this.directory = directory;
  }

  List<String> linesOfATest(String library, Class<?> test, String... options) throws IOException {
    Path logback = directory.resolve("logback.xml");
    Files.writeString(
        logback,
        """
        <configuration>
          <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
            <encoder><pattern>%level %logger %msg%n</pattern></encoder>
          </appender>
          <root level="INFO"><appender-ref ref="console"/></root>
        </configuration>
        """);
    try (ChildJvm child =
        ChildJvm.builder(JUnitMain.class.getName())
            .name(library)
            .args(test.getName())
            .jvmArgs(
                Stream.of(options)
                    .map(option -> option.replace("File=INFO", "File=" + logback))
                    .toArray(String[]::new))
            .classPath(classPath(library))
            .start()) {
      assertThat(child.awaitLine(line -> line.startsWith("succeeded"), LIMIT))
          .describedAs(() -> child.describe("had failures"))
          .contains(", failed 0");
      child.awaitLine(line -> line.equals("everything is closed"), LIMIT);
      return child.output();
    }
  }

  /** This one's, with that library in place of its own. */
  private static List<Path> classPath(String library) throws IOException {
    List<Path> path = new ArrayList<>();
    if (!library.equals("logback")) {
      try (Stream<Path> jars = Files.list(Path.of("target", "logging"))) {
        jars.map(Path::toAbsolutePath)
            .filter(jar -> jar.getFileName().toString().startsWith(library))
            .forEach(path::add);
      }
      assertThat(path).isNotEmpty();
    }
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      String name = Path.of(entry).getFileName().toString();
      if (!name.startsWith("log4j-to-slf4j")
          && (library.equals("logback") || !name.startsWith("logback"))) {
        path.add(Path.of(entry));
      }
    }
    return path;
  }
}
