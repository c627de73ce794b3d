"""Where units run: this machine, worker processes, a Slurm cluster; and what came of them."""
