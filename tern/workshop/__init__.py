"""What a week builds beside the compiler, a package for each: a calculator, kernels, schedules."""
