package dev.twinlog.testkit.versions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.ChildJvm;
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

/** The testkit's extension on older JUnits. Run by {@code -Pjunit}, which provides their jars. */
final class JUnitVersionsIT {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @ParameterizedTest
  @ValueSource(strings = {"5.10.2", "5.14.1"})
  void twinClustersWork_onOlderJUnits(String version) throws IOException {
    try (ChildJvm child =
        ChildJvm.builder(OldJUnitMain.class.getName())
            .name("junit-" + version)
            .classPath(classPath(version))
            .start()) {
      String line = child.awaitLine(text -> text.startsWith("succeeded"), LIMIT);
      assertThat(line).startsWith("succeeded 2, failed 0").contains(version);
      assertThat(
              child.awaitLine(text -> text.contains("are left") || text.endsWith("closed"), LIMIT))
          .isEqualTo("everything is closed");
    }
  }

  /** This one's, with the JUnit of that version in place of its own. */
  private static List<Path> classPath(String version) throws IOException {
    List<Path> path = new ArrayList<>();
    try (Stream<Path> jars = Files.list(Path.of("target", "junit", version))) {
      jars.map(Path::toAbsolutePath).forEach(path::add);
    }
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      String name = Path.of(entry).getFileName().toString();
      if (!name.startsWith("junit-") && !name.startsWith("opentest4j")) {
        path.add(Path.of(entry));
      }
    }
    return path;
  }
}
