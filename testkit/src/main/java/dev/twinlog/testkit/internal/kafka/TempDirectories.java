package dev.twinlog.testkit.internal.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Creates and deletes the directories of test clusters. */
public final class TempDirectories {
  private TempDirectories() {}

  /** Creates a directory whose name contains the id of this process. */
  public static Path create(String prefix) {
    try {
      return Files.createTempDirectory(prefix + ProcessHandle.current().pid() + "-").toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("Creating a temporary directory", e);
    }
  }

  public static Path child(Path directory, String name) {
    try {
      return Files.createDirectories(directory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("Creating " + name, e);
    }
  }

  /**
   * Deletes a directory tree whose files can disappear meanwhile, as those of a stopping broker do.
   */
  public static void delete(Path directory) {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
                throws IOException {
              if (e != null) {
                throw e;
              }
              Files.deleteIfExists(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("Deleting the data of a test cluster", e);
    }
  }
}
