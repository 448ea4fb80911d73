/**
 * The simulator: runs links under faults in virtual time, one seed after the other. The engine, the
 * ledger and the writers are the real ones and are driven step by step; they write to a {@linkplain
 * dev.twinlog.testkit.simulator.model model} of Kafka, and store their progress in a model of the
 * owner's transactions.
 *
 * <ul>
 *   <li>{@link dev.twinlog.testkit.simulator.Simulator}: the command
 *   <li>{@code Simulation}: one seed, from its first step to the last check
 *   <li>{@code Scenario}: the conditions that a seed draws
 *   <li>{@code Disturbances}: single faults; {@code CompoundFault}, {@code CompoundFaultInjector}:
 *       several in a certain order; {@code BrokenRule}: rules of the protocol that tests break
 *   <li>{@code SourceTruth}, {@code TargetTruth}: what the target should hold, and what it holds
 *   <li>{@code StatusCheck}: whether the reported status is true
 * </ul>
 */
@NullMarked
package dev.twinlog.testkit.simulator;

import org.jspecify.annotations.NullMarked;
