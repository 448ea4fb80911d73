package dev.twinlog.testkit.readme;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the repository's root directory, from the directory of the build. */
final class Repository {
  private Repository() {}

  static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("LICENSE"))) {
      directory = directory.getParent();
      if (directory == null) {
        throw new IllegalStateException("not run inside the repository");
      }
    }
    return directory;
  }
}
