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
import java.util.TreeMap;

/**
 * MirrorMaker 2 in its dedicated mode, from the jars on Maven Central. It keeps the topic's name,
 * as the others do. Its default settings are left as they are but for three: one replica, since
 * there is one broker, the identity policy, and the topic's codec, without which the copy would not
 * be compressed.
 *
 * <p>Its aliases are new in each run, since its groups in the target are named after them and a
 * killed member of a group keeps its place there for a while.
 */
final class MirrorMakerContender implements Contender {
  private static final String MAIN = "org.apache.kafka.connect.mirror.MirrorMaker";

  private final String name;
  private final boolean tuned;

  MirrorMakerContender(String name, boolean tuned) {
    this.name = name;
    this.tuned = tuned;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String describe() {
    return "MirrorMaker 2, dedicated mode, " + (tuned ? "tuned" : "with its defaults");
  }

  @Override
  public Optional<String> unavailable() {
    return Files.isDirectory(jars())
        ? Optional.empty()
        : Optional.of("there are no MirrorMaker jars in " + jars() + ": build this project first");
  }

  @Override
  public Map<String, String> settings(Job job) {
    String source = "source" + job.run();
    String target = "target" + job.run();
    String flow = source + "->" + target + ".";
    Map<String, String> settings = new TreeMap<>();
    settings.put("clusters", source + ", " + target);
    settings.put(source + ".bootstrap.servers", job.source());
    settings.put(target + ".bootstrap.servers", job.target());
    settings.put(flow + "enabled", "true");
    settings.put(flow + "topics", job.topic());
    settings.put(
        "replication.policy.class", "org.apache.kafka.connect.mirror.IdentityReplicationPolicy");
    for (String topics :
        List.of(
            "",
            "checkpoints.topic.",
            "heartbeats.topic.",
            "offset-syncs.topic.",
            "offset.storage.",
            "status.storage.",
            "config.storage.")) {
      settings.put(topics + "replication.factor", "1");
    }
    settings.put(source + ".producer.compression.type", job.workload().compression());
    settings.put(target + ".producer.compression.type", job.workload().compression());
    if (tuned) {
      tune(settings, job, source, target);
    }
    return settings;
  }

  private static void tune(Map<String, String> settings, Job job, String source, String target) {
    settings.put("tasks.max", "1");
    settings.put("emit.checkpoints.enabled", "false");
    settings.put("emit.heartbeats.enabled", "false");
    settings.put("sync.topic.acls.enabled", "false");
    settings.put("sync.group.offsets.enabled", "false");
    ClientTuning.consumer(job)
        .forEach((key, value) -> settings.put(source + ".consumer." + key, value));
    ClientTuning.producer(job)
        .forEach((key, value) -> settings.put(target + ".producer." + key, value));
  }

  @Override
  public ChildJvm.Builder launch(Job job) {
    Path file = job.directory().resolve("mm2-" + job.run() + ".properties");
    Properties properties = new Properties();
    properties.putAll(settings(job));
    try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
      properties.store(writer, null);
    } catch (IOException e) {
      throw new UncheckedIOException("Writing MirrorMaker's settings", e);
    }
    return ChildJvm.builder(Probe.class.getName())
        .classPath(List.of(jars().resolve("*"), probe(job.directory())))
        .jvmArgs("-Xmx" + job.heap(), "-Dorg.slf4j.simpleLogger.defaultLogLevel=error")
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
              MirrorMakerContender.class
                  .getProtectionDomain()
                  .getCodeSource()
                  .getLocation()
                  .toURI());
      return own.resolve("../../mirrormaker/target/lib").normalize();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("Finding MirrorMaker's jars", e);
    }
  }
}
