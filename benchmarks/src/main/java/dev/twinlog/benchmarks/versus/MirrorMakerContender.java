package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.child.ChildJvm;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    return MirrorMakerProcess.unavailable();
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
    return MirrorMakerProcess.launch(
        settings(job),
        job.directory().resolve("mm2-" + job.run() + ".properties"),
        "-Xmx" + job.heap());
  }
}
