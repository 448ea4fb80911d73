package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Compares the Spring Boot examples with each other and with the README. */
final class SpringBootExampleTest {
  private static final String SOURCE = "src/main/java/example/MirrorApplication.java";
  private static final String SETTINGS = "src/main/resources/application.yaml";

  private static String read(String example, String file) throws IOException {
    return Files.readString(Path.of("examples", example, file));
  }

  @Test
  void readme_showsTheExampleForSpringBoot3() throws IOException {
    assertThat(Files.readString(Path.of("README.md")))
        .contains("```java\n" + read("spring-boot-3", SOURCE) + "```")
        .contains("```yaml\n" + read("spring-boot-3", SETTINGS) + "```");
  }

  @Test
  void theExampleForSpringBoot4_differsInThePackageOfHealth() throws IOException {
    assertThat(read("spring-boot-4", SOURCE).replaceAll("import [^;]*;\n", ""))
        .isEqualTo(read("spring-boot-3", SOURCE).replaceAll("import [^;]*;\n", ""));
    assertThat(read("spring-boot-4", SOURCE))
        .contains("org.springframework.boot.health.contributor.Health;");
    assertThat(read("spring-boot-4", SETTINGS)).isEqualTo(read("spring-boot-3", SETTINGS));
  }
}
