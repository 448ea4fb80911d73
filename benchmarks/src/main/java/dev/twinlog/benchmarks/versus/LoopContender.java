package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.child.ChildJvm;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A loop of consumer and producer, with the client settings of the tuned MirrorMaker 2. */
final class LoopContender implements Contender {
  @Override
  public String name() {
    return "loop";
  }

  @Override
  public String describe() {
    return "poll a KafkaConsumer, send with a KafkaProducer; no positions kept";
  }

  @Override
  public Map<String, String> settings(Job job) {
    Map<String, String> settings = new TreeMap<>();
    ClientTuning.consumer(job).forEach((key, value) -> settings.put("consumer." + key, value));
    ClientTuning.producer(job).forEach((key, value) -> settings.put("producer." + key, value));
    return settings;
  }

  @Override
  public ChildJvm.Builder launch(Job job) {
    String[] args =
        Stream.concat(
                Stream.of(job.source(), job.target(), job.topic()),
                settings(job).entrySet().stream()
                    .map(setting -> setting.getKey() + "=" + setting.getValue()))
            .toArray(String[]::new);
    return Child.probed(LoopMain.class, args).jvmArgs("-Xmx" + job.heap());
  }
}
