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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The testkit's extensions and contract kits on the oldest JUnit that they support, the last 5 and
 * the one that they are built with. Run by {@code -Pjunit}, which provides the jars of the others.
 */
final class JUnitVersionsIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String OWN = "6";

  @ParameterizedTest
  @ValueSource(strings = {"5.10.2", "5.14.1", OWN})
  void extensionsAndContractsWork_onEveryJUnit(String version) throws IOException {
    try (ChildJvm child =
        ChildJvm.builder(JUnitMain.class.getName())
            .name("junit-" + version)
            .args(JUnitMain.Sample.class.getName(), JUnitMain.SampleWithLogs.class.getName())
            .args("dev.twinlog.testkit.InMemoryContractsTest")
            .classPath(classPath(version))
            .start()) {
      String line = child.awaitLine(text -> text.startsWith("succeeded"), LIMIT);
      assertThat(line)
          .describedAs(() -> child.describe("had failures"))
          .matches(
              "succeeded \\d{3}, failed 0, with JUnit of .*junit-jupiter-api-" + version + ".*");
      assertThat(
              child.awaitLine(text -> text.contains("are left") || text.endsWith("closed"), LIMIT))
          .isEqualTo("everything is closed");
    }
  }

  /** This JVM's class path with that JUnit version in place of its own. */
  private static List<Path> classPath(String version) throws IOException {
    List<Path> path = new ArrayList<>();
    if (!version.equals(OWN)) {
      try (Stream<Path> jars = Files.list(Path.of("target", "junit", version))) {
        jars.map(Path::toAbsolutePath).forEach(path::add);
      }
    }
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      String name = Path.of(entry).getFileName().toString();
      if (version.equals(OWN) || (!name.startsWith("junit-") && !name.startsWith("opentest4j"))) {
        path.add(Path.of(entry));
      }
    }
    return path;
  }
}
