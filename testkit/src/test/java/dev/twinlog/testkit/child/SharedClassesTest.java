package dev.twinlog.testkit.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the order of the class path that matches a class data sharing archive. */
final class SharedClassesTest {
  @Test
  void jarsFirst_keepsTheOrderAmongJarsAndAmongDirectories(@TempDir Path directory)
      throws Exception {
    String first = Files.createDirectory(directory.resolve("tests")).toString();
    String second = Files.createDirectory(directory.resolve("classes")).toString();

    String classPath = String.join(File.pathSeparator, first, "b.jar", second, "a.jar");

    assertThat(SharedClasses.jarsFirst(classPath))
        .isEqualTo(String.join(File.pathSeparator, "b.jar", "a.jar", first, second));
  }
}
