package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.child.ChildJvm;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A contender whose JVM maps its classes from a class-data archive (CDS) that a training run wrote:
 * {@code -XX:ArchiveClassesAtExit} once, {@code -XX:SharedArchiveFile} from then on (JDK 13 and
 * later).
 */
final class ArchivedContender implements Contender {
  private final Contender contender;
  private final Path archive;

  ArchivedContender(Contender contender, Path directory) {
    this.contender = contender;
    this.archive = directory.resolve(contender.name() + ".jsa");
  }

  /** The JVM of the training run, which must end in good order. */
  ChildJvm.Builder training(Job job) {
    return contender.launch(job).jvmArgs("-XX:ArchiveClassesAtExit=" + archive);
  }

  @Override
  public String name() {
    return contender.name();
  }

  @Override
  public String describe() {
    return contender.describe() + ", with a class-data archive";
  }

  @Override
  public Optional<String> unavailable() {
    return contender.unavailable();
  }

  @Override
  public Map<String, String> settings(Job job) {
    Map<String, String> settings = new TreeMap<>(contender.settings(job));
    settings.merge("JVM", "-XX:SharedArchiveFile", (own, archive) -> own + " " + archive);
    return settings;
  }

  @Override
  public ChildJvm.Builder launch(Job job) {
    return contender.launch(job).jvmArgs("-XX:SharedArchiveFile=" + archive);
  }
}
