package dev.twinlog.testkit.simulator;

import dev.twinlog.testkit.simulator.model.Agenda;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The log of a simulation: one line per event. */
final class Trace {
  private final Agenda agenda;
  private final Consumer<String> out;
  private final boolean wanted;

  Trace(Agenda agenda, Consumer<String> out, boolean wanted) {
    this.agenda = agenda;
    this.out = out;
    this.wanted = wanted;
  }

  void line(Supplier<String> what) {
    if (wanted) {
      out.accept("%10.3f  %s".formatted(agenda.now() / 1e9, what.get()));
    }
  }
}
