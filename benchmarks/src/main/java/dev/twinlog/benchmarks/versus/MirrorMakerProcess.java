package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.child.ChildJvm;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * MirrorMaker 2 in its dedicated mode, in a JVM of its own, from the jars that the build fetches.
 */
public final class MirrorMakerProcess {
  private static final String MAIN = "org.apache.kafka.connect.mirror.MirrorMaker";

  private MirrorMakerProcess() {}

  /** Why it can't be run here; empty if it can. */
  public static Optional<String> unavailable() {
    return Files.isDirectory(jars())
        ? Optional.empty()
        : Optional.of("there are no MirrorMaker jars in " + jars() + ": build this project first");
  }

  /**
   * Describes the process.
   *
   * @param file where to write its settings, in a directory that is there
   */
  public static ChildJvm.Builder launch(Map<String, String> settings, Path file, String heap) {
    Properties properties = new Properties();
    properties.putAll(settings);
    try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      properties.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException("Writing MirrorMaker's settings", e);
    }
    Path directory = Optional.ofNullable(file.getParent()).orElseThrow();
    return ChildJvm.builder(Probe.class.getName())
        .classPath(List.of(jars().resolve("*"), probe(directory)))
        .jvmArgs(heap, "-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
        .args(MAIN, file.toString());
  }

  /** Only the probe goes beside MirrorMaker: it scans its whole class path when it starts. */
  private static Path probe(Path directory) {
    String file = Probe.class.getName().replace('.', '/') + ".class";
    Path copy = directory.resolve("probe").resolve(file);
    try (InputStream in = Probe.class.getClassLoader().getResourceAsStream(file)) {
      if (in == null) {
        throw new VersusException("there is no " + file + " on the class path");
      }
      if (!Files.exists(copy)) {
        Files.createDirectories(Optional.ofNullable(copy.getParent()).orElseThrow());
        Files.copy(in, copy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Copying " + file, e);
    }
    return directory.resolve("probe");
  }

  /** Where the build puts them, seen from this jar or from the directory of its classes. */
  private static Path jars() {
    try {
      Path own =
          Path.of(
              MirrorMakerProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return own.resolve("../../mirrormaker/target/lib").normalize();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("Finding MirrorMaker's jars", e);
    }
  }
}
