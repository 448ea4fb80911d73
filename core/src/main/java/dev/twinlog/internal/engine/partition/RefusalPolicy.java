package dev.twinlog.internal.engine.partition;

import dev.twinlog.DeadLetters;
import dev.twinlog.internal.engine.partition.PartitionEffect.ReportStop;
import dev.twinlog.internal.engine.partition.PartitionEffect.Show;
import dev.twinlog.internal.engine.partition.PartitionEvent.Step;
import dev.twinlog.internal.engine.partition.PartitionLife.Paused;
import dev.twinlog.internal.engine.partition.PartitionLife.Refused;
import dev.twinlog.internal.engine.partition.PartitionLife.Stopped;
import dev.twinlog.spi.RecordRefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether a record that is refused stops its partition: not if there is a dead-letter topic. If the
 * partition is to be paused, the record is refused again, and written to that topic, when it is
 * resumed. Immutable.
 *
 * @param topic the dead-letter topic; empty if there is none
 */
record RefusalPolicy(Optional<String> topic) {

  RefusalPolicy(DeadLetters letters) {
    this(letters.topic());
  }

  /** The transition that is made instead of this one. */
  Step apply(Step step) {
    if (topic.isEmpty()
        || !(step.next() instanceof Stopped stopped
            && stopped.cause() instanceof RecordRefusedException refused
            && step.effects().contains(new ReportStop(refused)))) {
      return step;
    }
    List<PartitionEffect> effects = new ArrayList<>(step.effects());
    effects.removeIf(effect -> effect instanceof Show || effect instanceof ReportStop);
    if (stopped.paused()) {
      effects.add(new Show("paused", null));
      return new Step(new Paused(stopped.terms()), effects);
    }
    effects.add(
        new Show(
            "its record at offset %d is written to the dead-letter topic %s: %s"
                .formatted(refused.offset(), topic.get(), refused.getMessage()),
            refused));
    return new Step(new Refused(refused, stopped.terms()), effects);
  }
}
