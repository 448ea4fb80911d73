package dev.twinlog.benchmarks.versus;

import dev.twinlog.kafka.DataPath;
import java.util.List;

/** All contenders, in the order of the tables. */
final class Contenders {
  /** What all ratios are against. */
  static final String REFERENCE = "mm2-tuned";

  /** What a link could not beat by much. */
  static final String FLOOR = "relay";

  /** Whose figures are held against the targets. */
  static final String HEADLINE = "batches";

  private Contenders() {}

  static List<Contender> all() {
    return List.of(
        new RelayContender(),
        new TwinlogContender(HEADLINE, DataPath.BATCHES, true),
        new TwinlogContender("batches-plain-jvm", DataPath.BATCHES, false),
        new TwinlogContender("auto", DataPath.AUTO, false),
        new TwinlogContender("records", DataPath.RECORDS, false),
        new LoopContender(),
        new MirrorMakerContender(REFERENCE, true),
        new MirrorMakerContender("mm2-default", false));
  }

  /** Those that run unless others are asked for: {@code auto} is one of the two it chooses from. */
  static List<String> usual() {
    return all().stream().map(Contender::name).filter(name -> !name.equals("auto")).toList();
  }
}
